"""Features as of a date: one declaration drives the history (training) and the latest state (serving)."""
