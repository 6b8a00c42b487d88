"""The peers of the HTTP benchmark: the same authentication, query and rows, as other teams would write them."""
