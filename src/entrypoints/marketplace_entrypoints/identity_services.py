"""The use cases of identity, each with the ports that it needs."""

from __future__ import annotations

from dependency_injector import containers, providers

from marketplace_core.ports.directory import Directory
from marketplace_core.ports.holdings import Holdings
from marketplace_core.ports.identity.access_tokens import AccessTokens
from marketplace_core.ports.identity.identities import Identities
from marketplace_core.ports.identity.passwords import Passwords
from marketplace_core.ports.identity.tokens import Tokens
from marketplace_core.ports.notifier import Notifier
from marketplace_core.services.identity.authenticate import Authenticate
from marketplace_core.services.identity.clients import (
    ChangeClients,
    DisableClient,
    IssueAccessToken,
    MakeClient,
    RotateClientSecret,
)
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
from marketplace_core.services.identity.resolve import ResolveGrants
from marketplace_core.services.identity.retention import RetireIdentityRows
from marketplace_core.services.identity.roles import ChangeUsers, DisableUser, EnableUser, GrantRole, RevokeRole
from marketplace_core.services.identity.sign_in import BeginSession, EndOtherSessions, SignIn, SignOut


class IdentityServices(containers.DeclarativeContainer):
    """Who may sign in, act and let others do so."""

    identities: providers.Dependency[Identities] = providers.Dependency()  # pyright: ignore[reportAssignmentType, reportArgumentType]
    holdings: providers.Dependency[Holdings] = providers.Dependency()  # pyright: ignore[reportAssignmentType, reportArgumentType]
    directory: providers.Dependency[Directory] = providers.Dependency()  # pyright: ignore[reportAssignmentType, reportArgumentType]
    passwords: providers.Dependency[Passwords] = providers.Dependency()  # pyright: ignore[reportAssignmentType, reportArgumentType]
    tokens: providers.Dependency[Tokens] = providers.Dependency()  # pyright: ignore[reportAssignmentType, reportArgumentType]
    access_tokens: providers.Dependency[AccessTokens] = providers.Dependency()  # pyright: ignore[reportAssignmentType, reportArgumentType]
    notifier: providers.Dependency[Notifier] = providers.Dependency()  # pyright: ignore[reportAssignmentType, reportArgumentType]
    letters: providers.Dependency[Letters] = providers.Dependency(instance_of=Letters)

    known = providers.Factory(RequireKnown, directory=directory, holdings=holdings)
    resolve = providers.Factory(ResolveGrants, holdings=holdings)
    authenticate = providers.Factory(
        Authenticate, sessions=identities, clients=identities, access_tokens=access_tokens, resolve=resolve
    )
    begin = providers.Factory(BeginSession, sessions=identities, tokens=tokens)
    sign_in = providers.Factory(SignIn, users=identities, attempts=identities, passwords=passwords, begin=begin)
    sign_out = providers.Factory(SignOut, sessions=identities)
    end_other_sessions = providers.Factory(EndOtherSessions, sessions=identities)
    choose = providers.Factory(ChoosePassword, users=identities, sessions=identities, passwords=passwords)
    accept_invitation = providers.Factory(AcceptInvitation, choose=choose, begin=begin)
    invite_user = providers.Factory(
        InviteUser,
        users=identities,
        sessions=identities,
        tokens=tokens,
        notifier=notifier,
        known=known,
        letters=letters,
    )
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
    change_users = providers.Factory(ChangeUsers, users=identities)
    grant_role = providers.Factory(GrantRole, change=change_users, known=known)
    revoke_role = providers.Factory(RevokeRole, change=change_users)
    disable_user = providers.Factory(DisableUser, change=change_users, sessions=identities)
    enable_user = providers.Factory(EnableUser, change=change_users)
    list_users = providers.Factory(ListUsers, users=identities)
    list_clients = providers.Factory(ListClients, clients=identities)
    make_client = providers.Factory(MakeClient, clients=identities, tokens=tokens, known=known)
    change_clients = providers.Factory(ChangeClients, clients=identities)
    rotate_client_secret = providers.Factory(RotateClientSecret, change=change_clients, tokens=tokens)
    disable_client = providers.Factory(DisableClient, change=change_clients)
    issue_access_token = providers.Factory(
        IssueAccessToken, clients=identities, attempts=identities, tokens=tokens, access_tokens=access_tokens
    )
    retire_identity_rows = providers.Factory(RetireIdentityRows, sessions=identities, attempts=identities)
