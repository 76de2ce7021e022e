"""The pages that the server writes itself: the listing of a folder, and the page of a failure."""
