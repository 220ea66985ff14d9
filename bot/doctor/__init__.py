"""The doctor: looks at everything a running bot needs and says, check by check, what is wrong and what to do."""
