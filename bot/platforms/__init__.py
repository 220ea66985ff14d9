"""One module for each way in and out. The only place that knows discord, linebot and the web page."""
