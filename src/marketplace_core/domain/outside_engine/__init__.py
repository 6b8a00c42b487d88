"""An outside billing engine's books beside ours: what stands there, what is missing, and whether both agree."""
