"""Messages to people: by SMTP, at once or from a queue."""

from marketplace_adapters.notifications.queue import QueuedNotifier
from marketplace_adapters.notifications.smtp import Security, SmtpNotifier, SmtpServer

__all__ = ["QueuedNotifier", "Security", "SmtpNotifier", "SmtpServer"]
