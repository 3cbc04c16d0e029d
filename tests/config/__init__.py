"""The default agency pack, and what is said about damaged copies of it."""
