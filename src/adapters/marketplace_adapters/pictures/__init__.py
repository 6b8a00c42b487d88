"""Keeps pictures in a folder."""

from marketplace_adapters.pictures.folder import FolderPictures

__all__ = ["FolderPictures"]
