"""The HTTP entrypoint: operations declared once, from which routes, access checks and the description are made."""
