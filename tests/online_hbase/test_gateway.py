"""The bridge to Java: it opens for its token alone, and finds a HBase by its ZooKeeper or its configuration."""

from __future__ import annotations

import pytest
from py4j.java_gateway import GatewayParameters, JavaGateway
from py4j.protocol import Py4JError

from online_hbase.admin import open_admin
from online_hbase.gateway import started_gateway
from online_hbase.site import HOST, Site


@pytest.mark.parametrize(
    ("token", "said"), [(None, "Authentication error"), ("guessed", "Failed to authenticate with gateway server")]
)
def test_a_gateway_opens_for_its_token_alone(token: str | None, said: str, hbase: Site) -> None:
    parameters = GatewayParameters(port=hbase.ports.gateway, auth_token=token)
    with pytest.raises(Py4JError, match=said):
        JavaGateway(gateway_parameters=parameters).jvm.java.lang.System.getProperty("user.name")


def test_a_hbase_elsewhere_is_found_by_its_zookeeper(hbase: Site) -> None:
    with started_gateway(f"{HOST}:{hbase.ports.zookeeper}") as site, open_admin(site) as admin:
        assert admin.servers() == [f"localhost:{hbase.ports.region_server}"]


def test_a_hbase_elsewhere_is_found_by_the_configuration_of_its_administrators(
    hbase: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HBASE_CONF_DIR", str(hbase.folder / "conf"))
    with started_gateway("nobody.invalid:1") as site, open_admin(site) as admin:
        assert admin.servers() == [f"localhost:{hbase.ports.region_server}"]
