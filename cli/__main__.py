"""``nightplan``: chooses the adapters and runs the command line."""

from __future__ import annotations

from collections.abc import Callable

from cli.ports import Api, LocalChoices, Run


def connect(server: str | None) -> Api:
    """The line to a server: the one given, else the one of the settings."""
    from adapters.http.client import ApiClient
    from adapters.process.settings import ClientSettings

    settings = ClientSettings()
    return ApiClient(server or settings.server, api_key=settings.api_key.get_secret_value())


def bring_up(choices: LocalChoices, announce: Callable[[str], None]) -> int:
    """Run the whole system on this machine until it is told to stop."""
    import asyncio

    from adapters.local.system import Options, run

    options = Options(
        host=choices.host,
        port=choices.port,
        data=choices.data,
        kafka=choices.kafka,
        database=choices.database,
    )
    return asyncio.run(run(options, announce))


def main() -> None:
    """Run the command line."""
    from cli.app import app

    app(obj=Run(connect=connect, bring_up=bring_up), prog_name="nightplan")


if __name__ == "__main__":
    main()
