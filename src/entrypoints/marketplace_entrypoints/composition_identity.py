"""The part of the composition root that puts together who may sign in: stores, credentials, mail and use cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dependency_injector import containers, providers
from typing_extensions import override

from marketplace_core.errors import AdapterMissing, ConfigurationError, MarketplaceError
from marketplace_core.ports.clock import Clock
from marketplace_core.ports.identity.access_tokens import AccessTokens
from marketplace_core.ports.identity.identities import Identities
from marketplace_core.ports.identity.passwords import Passwords
from marketplace_core.ports.identity.signing_keys import SigningKeys
from marketplace_core.ports.identity.tokens import Tokens
from marketplace_core.ports.notifier import Message, Notifier
from marketplace_core.services.identity.authenticate import Authenticate
from marketplace_core.services.identity.clients import (
    ChangeClients,
    DisableClient,
    IssueAccessToken,
    MakeClient,
    RotateClientSecret,
)
from marketplace_core.services.identity.erasing import EraseUser
from marketplace_core.services.identity.invitations import AcceptInvitation, ChoosePassword, InviteUser
from marketplace_core.services.identity.known import RequireKnown
from marketplace_core.services.identity.letters import Letters
from marketplace_core.services.identity.listing import ListClients, ListUsers
from marketplace_core.services.identity.passwords import (
    ChangePassword,
    RequestPasswordReset,
    ResetPassword,
    SetPassword,
)
from marketplace_core.services.identity.repointing import RepointGrants
from marketplace_core.services.identity.resolve import ResolveGrants
from marketplace_core.services.identity.retention import RetireIdentityRows
from marketplace_core.services.identity.roles import ChangeUsers, DisableUser, EnableUser, GrantRole, RevokeRole
from marketplace_core.services.identity.sign_in import BeginSession, EndOtherSessions, SignIn, SignOut
from marketplace_core.services.merging import MergePeople
from marketplace_entrypoints.adapters import Home, load_adapter
from marketplace_entrypoints.clock import SystemClock
from marketplace_entrypoints.settings import Settings
from marketplace_entrypoints.store import EveryPort, Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketplace_adapters.credentials import KeyFile
    from marketplace_adapters.notifications import QueuedNotifier

AUDIENCE: Final = "marketplace-api"
"""Whom our access tokens are for."""
_CREDENTIALS: Final = {
    name: Home(f"marketplace_adapters.credentials:{name}", "credentials")
    for name in ("ArgonPasswords", "KeyFile", "RandomTokens", "SignedAccessTokens")
}


class IdentityContainer(containers.DeclarativeContainer):
    """Each use case of identities with the ports that it needs; credentials are loaded on first use."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    ports: providers.Dependency[EveryPort] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    identities: providers.Dependency[Identities] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    notifier: providers.Dependency[Notifier] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    passwords: providers.Dependency[Passwords] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    tokens: providers.Dependency[Tokens] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    access_tokens: providers.Dependency[AccessTokens] = providers.Dependency()  # pyright: ignore[reportAssignmentType]
    signing_keys: providers.Dependency[SigningKeys] = providers.Dependency()  # pyright: ignore[reportAssignmentType]

    limits = settings.provided.session_limits
    letters = providers.Factory(Letters, public_url=settings.provided.public_url)
    resolve = providers.Factory(ResolveGrants, holdings=ports)
    known = providers.Factory(RequireKnown, directory=ports, holdings=ports)
    begin = providers.Factory(BeginSession, sessions=identities, tokens=tokens, limits=limits)
    choose = providers.Factory(ChoosePassword, users=identities, sessions=identities, passwords=passwords)
    change_users = providers.Factory(ChangeUsers, users=identities)
    change_clients = providers.Factory(ChangeClients, clients=identities)

    authenticate = providers.Factory(
        Authenticate,
        sessions=identities,
        clients=identities,
        access_tokens=access_tokens,
        resolve=resolve,
        limits=limits,
    )
    sign_in = providers.Factory(SignIn, users=identities, attempts=identities, passwords=passwords, begin=begin)
    sign_out = providers.Factory(SignOut, sessions=identities)
    end_other_sessions = providers.Factory(EndOtherSessions, sessions=identities)
    invite_user = providers.Factory(
        InviteUser,
        users=identities,
        sessions=identities,
        tokens=tokens,
        notifier=notifier,
        known=known,
        letters=letters,
    )
    accept_invitation = providers.Factory(AcceptInvitation, choose=choose, begin=begin)
    request_password_reset = providers.Factory(
        RequestPasswordReset,
        users=identities,
        sessions=identities,
        attempts=identities,
        tokens=tokens,
        notifier=notifier,
        letters=letters,
    )
    reset_password = providers.Factory(ResetPassword, choose=choose, notifier=notifier, letters=letters)
    change_password = providers.Factory(
        ChangePassword,
        users=identities,
        attempts=identities,
        passwords=passwords,
        begin=begin,
        notifier=notifier,
        letters=letters,
    )
    set_password = providers.Factory(SetPassword, users=identities, sessions=identities, passwords=passwords)
    grant_role = providers.Factory(GrantRole, change=change_users, known=known)
    revoke_role = providers.Factory(RevokeRole, change=change_users)
    disable_user = providers.Factory(DisableUser, change=change_users, sessions=identities)
    enable_user = providers.Factory(EnableUser, change=change_users)
    erase_user = providers.Factory(EraseUser, change=change_users, sessions=identities)
    repoint_grants = providers.Factory(RepointGrants, identities=identities, directory=ports)
    merge_people = providers.Factory(MergePeople, merging=ports, directory=ports, repoint=repoint_grants)
    list_users = providers.Factory(ListUsers, users=identities)
    make_client = providers.Factory(MakeClient, clients=identities, tokens=tokens, known=known)
    rotate_client_secret = providers.Factory(RotateClientSecret, change=change_clients, tokens=tokens)
    disable_client = providers.Factory(DisableClient, change=change_clients)
    list_clients = providers.Factory(ListClients, clients=identities)
    issue_access_token = providers.Factory(
        IssueAccessToken, clients=identities, attempts=identities, tokens=tokens, access_tokens=access_tokens
    )
    retire_rows = providers.Factory(RetireIdentityRows, sessions=identities, attempts=identities, limits=limits)


def wired_identity(settings: Settings, store: Store, notifier: Notifier | None = None) -> IdentityContainer:
    """The use cases of identities over an open store; ``notifier`` None is the mail of the settings.

    Where strangers may ask for a new password, give one that only takes messages (``queued``).
    """
    if store.identities is None:
        raise AdapterMissing(f"the store {settings.store!r} keeps no users and clients")
    keys = providers.Singleton(_key_file, settings)
    access_tokens = providers.Singleton(_access_tokens, settings, keys)
    return IdentityContainer(
        settings=providers.Object(settings),
        ports=providers.Object(store.ports),
        identities=providers.Object(store.identities),
        notifier=providers.Object(notifier or mail_of(settings)),
        passwords=providers.Singleton(_made, "ArgonPasswords"),
        tokens=providers.Singleton(_made, "RandomTokens"),
        access_tokens=access_tokens,
        signing_keys=keys,
    )


def mail_of(settings: Settings, clock: Clock | None = None) -> Notifier:
    """Mail through the server that the settings name; without one, nothing can be sent, and that is said."""
    if not settings.smtp_host:
        return NoMail()
    from marketplace_adapters.notifications import Security, SmtpNotifier, SmtpServer

    server = SmtpServer(
        settings.smtp_host,
        settings.smtp_sender,
        settings.smtp_port,
        Security(settings.smtp_security),
        settings.smtp_user,
        settings.smtp_password.reveal(),
    )
    return SmtpNotifier(server, clock or SystemClock())


def queued(notifier: Notifier, on_failure: Callable[[Message, MarketplaceError], None]) -> QueuedNotifier:
    """The notifier behind a queue in memory: whoever asks learns nothing of how the sending goes; close it."""
    from marketplace_adapters.notifications import QueuedNotifier

    return QueuedNotifier(notifier, on_failure)


class NoMail(Notifier):
    """Stands where no mail server is set."""

    @override
    def send(self, message: Message) -> None:
        raise ConfigurationError("no mail can be sent from here: set smtp_host and smtp_sender")


def _loaded(name: str) -> type:
    found: type = load_adapter("marketplace.credentials", name, _CREDENTIALS)
    return found


def _made(name: str) -> object:
    return _loaded(name)()


def _key_file(settings: Settings) -> KeyFile:
    found: KeyFile = _loaded("KeyFile")(settings.signing_keys_file)
    return found


def _access_tokens(settings: Settings, keys: KeyFile) -> AccessTokens:
    issuer = settings.public_url or "marketplace"
    found: AccessTokens = _loaded("SignedAccessTokens")(keys, issuer=issuer, audience=AUDIENCE)
    return found
