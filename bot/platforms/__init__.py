"""One module for each way in and out. The only place that knows discord, LINE's API and the web page."""
