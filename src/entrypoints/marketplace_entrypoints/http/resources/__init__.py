"""The operations of the API, one module a resource; each is thin: a service or a read, and the shape of its answer."""
