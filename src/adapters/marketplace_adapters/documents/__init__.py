"""Receipts and statements as PDF files."""

from marketplace_adapters.documents.pdf import TypstDocuments

__all__ = ["TypstDocuments"]
