"""The steps, oldest first; each says which one it follows."""
