"""The page for people who order: static files that ask the endpoints from the browser. It knows the edge alone."""
