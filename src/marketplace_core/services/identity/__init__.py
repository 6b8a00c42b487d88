"""Who asks, and who may: sign in, tokens, invitations, roles, clients."""
