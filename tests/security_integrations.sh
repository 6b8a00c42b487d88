#!/usr/bin/env bash
# Ask a running server, from outside and with curl alone, whether its defences stand: a line a check, "ok" or "not ok".
# Usage: tests/security_integrations.sh URL FILE [LOG]
#   FILE has what scripts/security_house.py wrote: ids, secrets and forged tokens, a NAME=value a line.
#   LOG is the server's log, in which no secret may stand; it is not looked at where it is not given.
# Ends with 0 only where every check is ok.
set -u
url=${1:?URL of the server} known=${2:?FILE of scripts/security_house.py} log=${3:-}
# shellcheck disable=SC1090
. "$known"
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
count=0 failed=0 status=000
origin=https://portal.example.org

ok() { count=$((count + 1)); echo "ok $count - $1"; }
not_ok() { count=$((count + 1)); failed=$((failed + 1)); echo "not ok $count - $1: $2"; }

# ask METHOD PATH [CURL ARGUMENT...]: $status, and the answer's head and body in files.
ask() {
  local method=$1 path=$2
  shift 2
  : >"$work/head" >"$work/body"
  status=$(curl -sS -X "$method" -D "$work/head" -o "$work/body" -w '%{http_code}' --max-time 20 --path-as-is \
    "$@" "$url$path" 2>>"$work/curl.log") || true
}
as() { echo "Authorization: Bearer $1"; }
# want "WORDS" STATUS[|STATUS] METHOD PATH [CURL ARGUMENT...]
want() {
  local words=$1 expected=$2
  shift 2
  ask "$@"
  case "|$expected|" in *"|$status|"*) ok "$words" ;; *) not_ok "$words" "$status instead of $expected" ;; esac
}
# has "WORDS" PATTERN: the head has a line that fits; hasnt: it has none. body_has, body_hasnt: the same of the body.
has() { if grep -Eiq "$2" "$work/head"; then ok "$1"; else not_ok "$1" "no header fits $2"; fi; }
hasnt() { if grep -Eiq "$2" "$work/head"; then not_ok "$1" "a header fits $2"; else ok "$1"; fi; }
body_has() { if grep -q -- "$2" "$work/body"; then ok "$1"; else not_ok "$1" "the body lacks $2"; fi; }
body_hasnt() { if grep -q -- "$2" "$work/body"; then not_ok "$1" "the body has $2"; else ok "$1"; fi; }
json=(-H 'Content-Type: application/json')
cookie_of() { sed -n 's/^set-cookie: __Host-session=\([^;]*\).*/\1/Ip' "$work/head" | tr -d '\r'; }
csrf_of() { sed -n 's/.*"csrf_token":"\([0-9a-f]*\)".*/\1/p' "$work/body"; }
token_of() {
  ask POST /oauth/token -u "client-$1:$2" -d grant_type=client_credentials ${3:+-d "scope=$3"}
  sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p' "$work/body"
}

echo "# Tokens"
operator=$(token_of operator "$OPERATOR_SECRET") admin=$(token_of admin "$ADMIN_SECRET")
landlord=$(token_of landlord "$LANDLORD_SECRET") owner=$(token_of owner "$OWNER_SECRET")
tenant=$(token_of tenant "$TENANT_SECRET") caretaker=$(token_of caretaker "$CARETAKER_SECRET")
stranger=$(token_of stranger "$STRANGER_SECRET") reader=$(token_of reader "$READER_SECRET")
want "a token of a client is taken" 200 GET /api/leases -H "$(as "$landlord")"
want "a token forged with nothing wrong is taken: the others fail for their reason" \
  200 GET /api/leases -H "$(as "$FORGED_WELL_MADE")"
want "no token is refused" 401 GET /api/leases
has "a refusal says how to authenticate" '^www-authenticate: bearer'
want "garbage is refused" 401 GET /api/leases -H "$(as garbage)"
want "an empty token is refused" 401 GET /api/leases -H 'Authorization: Bearer '
want "another scheme is refused" 401 GET /api/leases -u "client-landlord:$LANDLORD_SECRET"
want "a token in the query counts for nothing" "400|401" GET "/api/leases?access_token=$landlord"
want "a very long token is refused" 401 GET /api/leases -H "$(as "$(head -c 9000 /dev/zero | tr '\0' a)")"
for forged in EXPIRED FUTURE AUDIENCE AUDIENCES ISSUER SCOPE CLIENT KID KID_PATH TYPE OTHER_KEY OWN_JWK NO_EXPIRY \
  NONE NONE_CAPITALS HS256_RAW HS256_JWK ALTERED NO_SIGNATURE; do
  name=FORGED_$forged
  want "a forged token is refused: $forged" 401 GET /api/leases -H "$(as "${!name}")"
done
want "a wrong client secret gets no token" 401 POST /oauth/token -u client-landlord:wrong -d grant_type=client_credentials
body_has "and is told so as OAuth says" '"error":"invalid_client"'
want "another grant type gets no token" 400 POST /oauth/token -u "client-landlord:$LANDLORD_SECRET" -d grant_type=password
want "a scope that the client has not gets no token" 400 POST /oauth/token -u "client-reader:$READER_SECRET" \
  -d grant_type=client_credentials -d scope=system.operate
ask GET /.well-known/jwks.json
body_hasnt "the published keys have no private part" '"d"'

echo "# Roles"
want "a landlord reads a lease" 200 GET /api/leases/L-B1 -H "$(as "$landlord")"
want "a tenant reads their lease" 200 GET /api/leases/L-A1 -H "$(as "$tenant")"
want "a tenant finds no other's lease" 404 GET /api/leases/L-A2 -H "$(as "$tenant")"
want "nor its statement" 404 GET /api/statements/L-A2 -H "$(as "$tenant")"
want "nor another tenant" 404 GET /api/people/t-A2 -H "$(as "$tenant")"
want "a tenant's list is theirs" 200 GET /api/leases -H "$(as "$tenant")"
body_hasnt "and has nobody else's" L-A2
want "a tenant changes nothing" 403 POST /api/leases/L-A1/end -H "$(as "$tenant")" "${json[@]}" -d '{"last_day":"2027-01-31"}'
want "a tenant bills nothing" 403 POST /api/billing-runs -H "$(as "$tenant")" "${json[@]}" -d '{"month":"2026-11"}'
want "an owner of one block finds no lease of another" 404 GET /api/leases/L-B1 -H "$(as "$owner")"
want "and changes none" 404 POST /api/leases/L-B1/end -H "$(as "$owner")" "${json[@]}" -d '{"last_day":"2027-01-31"}'
want "a caretaker sees their units" 200 GET /api/units -H "$(as "$caretaker")"
want "and no money" 403 GET /api/invoices -H "$(as "$caretaker")"
want "and no leases" 403 GET /api/leases -H "$(as "$caretaker")"
want "a stranger finds no lease of this book" 404 GET /api/leases/L-A1 -H "$(as "$stranger")"
want "nor by naming the book" 404 GET "/api/leases/L-A1?portfolio=$OWN" -H "$(as "$stranger")"
want "nor bills it" 404 POST "/api/billing-runs?portfolio=$OWN" -H "$(as "$stranger")" "${json[@]}" -d '{"month":"2026-11"}'
ask GET /api/portfolios -H "$(as "$stranger")"
body_hasnt "nor knows of it" "$OWN"
want "an admin of one book finds no other" 404 GET "/api/leases?portfolio=$OTHER" -H "$(as "$admin")"
want "and sees no jobs of the installation" "403|404" GET /api/admin/jobs -H "$(as "$admin")"
want "and makes no operator" "403|404" POST "/api/admin/clients?portfolio=$OWN" -H "$(as "$admin")" "${json[@]}" \
  -d '{"client_id":"more","name":"more","scopes":["system.operate"],"grants":[{"role":"admin"}]}'
want "a landlord sees no users" 403 GET "/api/admin/users?portfolio=$OWN" -H "$(as "$landlord")"
want "a service with one scope does what it is for" 200 GET /api/leases -H "$(as "$reader")"
want "and nothing else" 403 GET /api/invoices -H "$(as "$reader")"
narrow=$(token_of landlord "$LANDLORD_SECRET" lease.read)
want "a token asked for one scope does not do more" 403 GET /api/invoices -H "$(as "$narrow")"
want "metrics are the operator's" 200 GET /metrics -H "$(as "$operator")"
want "and nobody else's" "403|404" GET /metrics -H "$(as "$landlord")"
want "metrics need a token" 401 GET /metrics

echo "# Sessions"
sign_in="{\"email\":\"$LANDLORD_EMAIL\",\"password\":\"$PASSWORD\"}"
want "a person signs in" 201 POST /api/session "${json[@]}" -d "$sign_in"
first=$(cookie_of)
has "the cookie is this host's alone" '^set-cookie: __Host-session=[^;]{40,}; .*Path=/'
has "and Secure" '^set-cookie: .*; Secure'
has "and HttpOnly" '^set-cookie: .*; HttpOnly'
has "and SameSite" '^set-cookie: .*; SameSite=(Lax|Strict)'
hasnt "and has no Domain" '^set-cookie: .*; Domain'
body_hasnt "the session's token is not in the body" "${first:-nothing}"
person=(-H "Cookie: __Host-session=$first")
want "the session is known" 200 GET /api/session "${person[@]}"
csrf=$(csrf_of)
bill=(POST /api/billing-runs?dry_run=true "${json[@]}" -d '{"month":"2026-11"}')
want "a write without the CSRF token is refused" 403 "${bill[@]}" "${person[@]}"
want "and with a wrong one" 403 "${bill[@]}" "${person[@]}" -H "X-CSRF-Token: ${csrf//[0-7]/8}"
want "and done with the right one" 200 "${bill[@]}" "${person[@]}" -H "X-CSRF-Token: $csrf"
want "the same name without its prefix is no session" 401 GET /api/session -H "Cookie: session=$first"
ask POST /api/session "${json[@]}" -d "$sign_in" "${person[@]}"
second=$(cookie_of)
if [ -n "$second" ] && [ "$second" != "$first" ]; then ok "the session is another after signing in again"; else
  not_ok "the session is another after signing in again" "it is the same, or there is none"; fi
want "and the one before has ended" 401 GET /api/session "${person[@]}"
person=(-H "Cookie: __Host-session=$second")
ask GET /api/session "${person[@]}"
of_before=$csrf csrf=$(csrf_of)
want "another session's CSRF token counts for nothing" 403 "${bill[@]}" "${person[@]}" -H "X-CSRF-Token: $of_before"
want "signing out is a write too" 403 DELETE /api/session "${person[@]}"
want "a person signs out" 204 DELETE /api/session "${person[@]}" -H "X-CSRF-Token: $csrf"
has "and the cookie goes" '^set-cookie: __Host-session=; .*Max-Age=0'
want "and the session has ended" 401 GET /api/session "${person[@]}"
want "a chosen session token is none" 401 GET /api/session -H 'Cookie: __Host-session=chosen-by-somebody-else-000000000000'

echo "# CORS"
preflight=(OPTIONS /api/leases -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type')
ask "${preflight[@]}" -H "Origin: $origin"
has "the listed origin may call" "^access-control-allow-origin: $origin.?\$"
has "with its credentials" '^access-control-allow-credentials: true'
hasnt "and no header says any origin" '^access-control-allow-(origin|headers|methods): \*'
for evil in https://evil.example null "$origin.evil.example" https://evilportal.example.org http://portal.example.org \
  "$origin:8443" https://portal.example.orgevil.example "HTTPS://PORTAL.EXAMPLE.ORG@evil.example"; do
  ask "${preflight[@]}" -H "Origin: $evil"
  hasnt "a preflight of $evil is not let in" '^access-control-allow-origin'
  ask GET /api/leases -H "Origin: $evil" -H "$(as "$landlord")"
  hasnt "nor is an answer for $evil" '^access-control-allow-origin'
done

echo "# Headers and methods"
ask GET /api/leases -H "$(as "$landlord")"
has "types are not guessed" '^x-content-type-options: nosniff'
has "nothing is cached" '^cache-control: no-store'
has "no page may frame or run it" "^content-security-policy: .*default-src 'none'.*frame-ancestors 'none'"
has "nothing is told to where one goes" '^referrer-policy: no-referrer'
has "it is HTTPS from now on" '^strict-transport-security: max-age=[0-9]{8}'
has "it has a request id" '^x-request-id: [A-Za-z0-9._-]{8,64}'
hasnt "the server does not say what it is" '^(server|x-powered-by):'
want "an unknown path" 404 GET /api/nothing
has "is a problem too" '^content-type: application/problem\+json'
has "with the same headers" '^x-content-type-options: nosniff'
want "no file is reached by a path" "400|404" GET '/api/../../../../etc/passwd'
want "nor by an encoded one" "400|404" GET '/api/leases/..%2f..%2fetc%2fpasswd' -H "$(as "$landlord")"
for method in TRACE PUT PATCH DELETE; do
  want "$method is not taken" 405 "$method" /api/leases -H "$(as "$landlord")"
done
want "the method cannot be overridden" "200|400" GET /api/leases -H "$(as "$landlord")" -H 'X-HTTP-Method-Override: DELETE'
ask GET /api/health/live -H $'X-Request-Id: a\tb"}{'
hasnt "a request id that is none is replaced" 'x-request-id: a.*b'

echo "# Bodies"
say=(POST /api/people?dry_run=true -H "$(as "$landlord")" "${json[@]}")
want "a good body is taken" 201 "${say[@]}" -d '{"person_id":"p1","name":"P"}'
{ printf '{"person_id":"p1","name":"'; head -c 1100000 /dev/zero | tr '\0' a; printf '"}'; } >"$work/large"
want "a body above a megabyte is refused" 413 "${say[@]}" -d "@$work/large"
want "also where its length is not told" 413 "${say[@]}" -H 'Transfer-Encoding: chunked' -d "@$work/large"
{ head -c 100000 /dev/zero | tr '\0' '['; head -c 100000 /dev/zero | tr '\0' ']'; } >"$work/deep"
want "a deep body is refused" 400 "${say[@]}" -d "@$work/deep"
want "a key twice is refused" 400 "${say[@]}" -d '{"person_id":"p1","name":"P","name":"Q"}'
want "NaN is refused" 400 "${say[@]}" -d '{"person_id":"p1","name":NaN}'
want "a wrong type is refused" 400 "${say[@]}" -d '{"person_id":"p1","name":["P"]}'
want "an unknown field is refused" 400 "${say[@]}" -d '{"person_id":"p1","name":"P","portfolio_id":"baraka"}'
want "a role cannot be given to oneself" 400 "${say[@]}" -d '{"person_id":"p1","name":"P","role":"admin"}'
want "what is paid cannot be set" 400 POST /api/leases/L-A1/rent?dry_run=true -H "$(as "$landlord")" "${json[@]}" \
  -d '{"rent":{"amount":"1.00","currency":"KES"},"first_day":"2027-01-01","amount_paid":"99999.00"}'
want "other digits are refused" 400 POST /api/leases/L-A1/rent?dry_run=true -H "$(as "$landlord")" "${json[@]}" \
  -d '{"rent":{"amount":"١٥","currency":"KES"},"first_day":"2027-01-01"}'
want "a broken body is refused" 400 "${say[@]}" -d '{"person_id":'
want "no body is refused" 400 "${say[@]}"
want "a form is refused" 415 POST /api/people -H "$(as "$landlord")" -d 'person_id=p1'
want "a query parameter twice is refused" 400 GET "/api/leases?limit=1&limit=2" -H "$(as "$landlord")"
want "an unknown query parameter is refused" 400 GET "/api/leases?is_admin=true" -H "$(as "$landlord")"
body_hasnt "an error says nothing of the inside" 'Traceback\|site-packages\|psycopg'
want "SQL in an id finds nothing" 404 GET "/api/leases/L-A1'%20OR%20'1'='1" -H "$(as "$landlord")"

echo "# Idempotency"
pay() { echo "{\"amount\":{\"amount\":\"$1\",\"currency\":\"KES\"},\"receipt\":\"$2\",\"day\":\"2026-10-20\",\"collection_account_id\":\"cash-$OWN\"}"; }
keyed=(POST /api/payments -H "$(as "$landlord")" "${json[@]}" -H "Idempotency-Key: security-$$")
want "a payment with a key is recorded" 201 "${keyed[@]}" -d "$(pay 1000.00 "S-$$")"
cp "$work/body" "$work/before"
want "again it is answered the same" 201 "${keyed[@]}" -d "$(pay 1000.00 "S-$$")"
has "and says that it is a repeat" '^idempotent-replayed: true'
if cmp -s "$work/body" "$work/before"; then ok "byte for byte"; else not_ok "byte for byte" "the bodies differ"; fi
want "another body with the key is refused" 422 "${keyed[@]}" -d "$(pay 2000.00 "S-$$")"
ask GET "/api/payments?transaction_id=S-$$" -H "$(as "$landlord")"
if [ "$(grep -o '"payment_id"' "$work/body" | wc -l)" -eq 1 ]; then ok "there is one payment"; else
  not_ok "there is one payment" "there is another number of them"; fi

echo "# Hooks"
want "a hook with an unknown token is not found" 404 POST /hooks/payments/wrong-token-000000000000000000/confirmation \
  "${json[@]}" -d '{}'
want "a hook with its token is taken, whatever it says" 200 POST "/hooks/payments/$HOOK_TOKEN/confirmation" \
  "${json[@]}" -d 'garbage'
want "a hook above the bound is refused" 413 POST "/hooks/payments/$HOOK_TOKEN/confirmation" "${json[@]}" -d "@$work/large"

echo "# Limits"
guess() { ask POST /api/session "${json[@]}" -d "{\"email\":\"$CLERK_EMAIL\",\"password\":\"guess number $1\"}" -H "X-Forwarded-For: 10.0.0.$1"; }
guess 1
if [ "$status" = 401 ]; then ok "a wrong password is refused"; else not_ok "a wrong password is refused" "$status"; fi
cp "$work/body" "$work/before"
ask POST /api/session "${json[@]}" -d '{"email":"nobody@example.org","password":"guess number 1"}'
if [ "$(sed 's/urn:request:[^"]*//' "$work/body")" = "$(sed 's/urn:request:[^"]*//' "$work/before")" ]; then
  ok "an unknown address is refused in the same words"; else not_ok "an unknown address is refused in the same words" "others"; fi
for try in 2 3 4 5 6 7 8 9 10 11 12; do guess "$try"; done
if [ "$status" = 429 ]; then ok "guessing is soon over"; else not_ok "guessing is soon over" "$status after 12"; fi
has "and says for how long" '^retry-after: [0-9]+'
want "also for the right password" 429 POST /api/session "${json[@]}" -d "{\"email\":\"$CLERK_EMAIL\",\"password\":\"$PASSWORD\"}"

echo "# After it all"
want "the server is ready" 200 GET /api/health/ready
if [ -n "$log" ]; then
  for secret in "$HOOK_TOKEN" wrong-token-000000000000000000 "$PASSWORD" "$LANDLORD_SECRET" "$landlord" "$first" "$second"; do
    if grep -qF -- "$secret" "$log"; then not_ok "the log has no secret" "it has ${secret:0:8}…"; else ok "the log has no secret"; fi
  done
  if grep -q Traceback "$log"; then not_ok "nothing broke" "the log has a traceback"; else ok "nothing broke"; fi
fi
echo "1..$count"
echo "# $((count - failed)) ok, $failed not ok"
[ "$failed" -eq 0 ]
