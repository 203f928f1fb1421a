"""`allotment tenant`: export, import and erase all data of a tenant."""

import typer

from server.cli.tenant.erase_command import erase
from server.cli.tenant.export_command import export
from server.cli.tenant.import_command import import_file

tenant = typer.Typer(help="Export, import or erase all data of a tenant.", no_args_is_help=True)
tenant.command()(export)
tenant.command("import")(import_file)
tenant.command()(erase)
