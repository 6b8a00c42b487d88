"""Keep an outside billing engine's books and ours in agreement."""
