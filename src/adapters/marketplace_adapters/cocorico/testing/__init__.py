"""A Cocorico to test against: its tables on a real MariaDB of one's own, and a hand that does what people do there."""
