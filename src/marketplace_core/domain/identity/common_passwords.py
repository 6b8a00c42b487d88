"""Passwords that are tried first, and the words that most of them are made of; ours, in small letters."""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
password passwort passcode admin administrator administrador root superuser user guest test testing tester demo login
welcome karibu letmein changeme changeit secret default master hello jambo habari sunshine princess dragon monkey
football soccer baseball superman batman iloveyou trustno qwerty azerty qwertz asdf zxcvbn computer internet samsung
google facebook whatsapp safaricom mpesa pesa kenya nairobi mombasa kisumu nakuru eldoret africa harambee uhuru
marketplace marketplacecore landlord tenant tenants rent rental rentals property properties house apartment caretaker
manager management office company system server database backup money shilling january february march april may june
july august september october november december monday tuesday wednesday thursday friday saturday sunday spring summer
autumn winter jesus godisgood godislove blessed amen arsenal chelsea liverpool manchester manchesterunited barcelona
correcthorsebatterystaple letmeinplease passwordpassword thisismypassword mypassword yourpassword newpassword
"""
COMMON_WORDS: Final = frozenset(_WORDS.split()) | {""}

_WHOLE: Final = """
p@ssw0rd1234 p@ssword1234 p@$$w0rd1234 passw0rd1234 passw0rd12345 passw0rd123456 pa$$word1234 p4ssw0rd1234
1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i q1w2e3r4t5y6 q1w2e3r4t5y6u7 1qaz2wsx3edc 1qazxsw23edc zaq12wsxcde3
abc123abc123 abcd1234abcd abcd12345678 a1b2c3d4e5f6 a1b2c3d4e5f6g7 qwerty123456 qwertyuiop123 asdfghjkl123
asdfghjkl;'123 zxcvbnm12345 123qweasdzxc qweasdzxc123 1234qwerasdf 112233445566 111222333444 123123123123
123456654321 987654321098 101010101010 121212121212 123321123321 147258369147 159357159357 741852963741
iloveyou1234 iloveyouforever trustno1trustno1 l3tm3in12345 letmein12345 welcome12345 welcome123456 w3lcome12345
adm1n1strat0r admin1234567 admin123admin admin@123456 administrator1 root12345678 changeme1234 ch@ngeme1234
football1234 superman1234 princess1234 sunshine1234 starwars1234 michael12345 jennifer1234 jordan232323
correct horse battery staple correcthorsebatterystaple to be or not to be the quick brown fox
nairobi12345 kenya254kenya safaricom254 mpesa1234567 karibu123456 hakunamatata hakuna matata
"""
COMMON: Final = frozenset(_WHOLE.split()) | {
    "correct horse battery staple",
    "to be or not to be",
    "the quick brown fox",
    "hakuna matata",
    "hakunamatata1",
}
"""Whole passwords of twelve signs and more; shorter ones are refused for their length."""
