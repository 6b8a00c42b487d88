"""What the API takes and answers: attrs classes, one module a subject, with how domain values become them."""
