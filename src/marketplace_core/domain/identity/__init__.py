"""Who may sign in: users, their sessions and roles, services, one-time tokens, and the rules of passwords."""
