"""A mail server that keeps what it gets: sink.py <folder> <port> <starttls|tls|clear> <certificate> <key> [slow].

It lets in `narthex` with the password `hunter2`, after TLS only; `clear` knows neither TLS nor passwords. Every
mail becomes a file in the folder, moved there when it is whole, with its recipient in a first line of its own.
Recipients that begin with `refused` are refused for good, with `later` for now; `slow` makes each one wait.
"""
import asyncio
import itertools
import os
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

folder, port, kind, certificate, key = sys.argv[1:6]
delay = 0.3 if "slow" in sys.argv[6:] else 0
number = itertools.count()


class Keep:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("unwanted"):
            return "550 5.7.1 This sender is not wanted"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        await asyncio.sleep(delay)
        if address.startswith("refused"):
            return "550 5.1.1 No such user here: \x1b[31mred"
        if address.startswith("later"):
            return "451 4.7.1 Greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = f"{os.getpid()}-{next(number):06}"
        draft = Path(folder) / f".{name}"
        first = f"X-Recipients: {','.join(envelope.rcpt_tos)}\r\nX-Encrypted: {session.ssl is not None}\r\n"
        draft.write_bytes(first.encode() + envelope.content)
        draft.rename(Path(folder) / f"{name}.eml")
        return "250 OK"


def check(server, session, envelope, mechanism, data):
    # Handled would mean that the answer has been given.
    return AuthResult(success=(data.login, data.password) == (b"narthex", b"hunter2"), handled=False)


async def main():
    loop = asyncio.get_running_loop()
    tls = None
    if kind != "clear":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)

    def protocol():
        common = {"hostname": "sink.example", "timeout": 60}
        if kind == "clear":
            return SMTP(Keep(), **common)
        auth = {"authenticator": check, "auth_required": True}
        if kind == "tls":
            return SMTP(Keep(), auth_require_tls=False, **auth, **common)
        return SMTP(Keep(), tls_context=tls, require_starttls=True, **auth, **common)

    server = await loop.create_server(protocol, "127.0.0.1", int(port), ssl=tls if kind == "tls" else None)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
