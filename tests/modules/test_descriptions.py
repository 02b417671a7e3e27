"""What a person is told of a module in words."""

from tlcore.base import workspace
from tlcore.modules import find_module
from tlcore.modules.descriptions import public_handle


def test_a_handle_in_the_workspace_means_nothing_to_anyone():
    module = find_module("efficientnet-lite0")
    assert public_handle(module) == module.handle
    assert public_handle(module.model_copy(update={"handle": str(workspace.place("modules") / "x")})) == ""
