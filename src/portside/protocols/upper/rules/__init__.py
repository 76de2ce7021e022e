"""When what is said in the uppercase application: one module for each side."""
