"""What tuning costs and what it comes to, beside the original experiment and TRL, on the same base in the same run."""
