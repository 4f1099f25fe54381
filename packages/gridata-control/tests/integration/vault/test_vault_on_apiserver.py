"""Logins and Secrets on Kubernetes' own API server: its TokenReviews, its permissions, its apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from gridata_contracts.errors import PermanentError
from gridata_control.vault.document import load_desired
from gridata_control.vault.key_place import key_place
from gridata_control.vault.keys import Keys
from gridata_control.vault.kubernetes import Kubernetes
from gridata_control.vault.login import logged_in_as
from gridata_control.vault.sync import sync_secrets

pytestmark = pytest.mark.apiserver

SYNCED = {"airflow", "gridata", "monitoring"}
RBAC = "apis/rbac.authorization.k8s.io/v1"


class Api:
    """The API server as its administrator."""

    def __init__(self, server: Any) -> None:
        self.url = server.url
        self.ca_file: Path = server.certificate
        headers = {"Authorization": f"Bearer {server.admin_token}"}
        self._http = httpx.Client(base_url=server.url, headers=headers, verify=_trusting(self.ca_file), timeout=30)

    def close(self) -> None:
        self._http.close()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._http.post(f"/{path}", json=body)
        assert answer.status_code < 300 or answer.status_code == 409, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._http.get(f"/{path}").raise_for_status().json()
        return found

    def account(self, namespace: str, name: str) -> None:
        self.post("api/v1/namespaces", {"metadata": {"name": namespace}})
        self.post(f"api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": name}})

    def token(self, namespace: str, name: str, audience: str | None = None) -> str:
        asked = {"spec": {"expirationSeconds": 3600} | ({"audiences": [audience]} if audience else {})}
        made = self.post(f"api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", asked)
        return str(made["status"]["token"])

    def allow_secrets(self, namespace: str, names: list[str], account: str) -> None:
        """What docs/howto/vault.md asks for: these Secrets by name, and no list."""
        rule = {
            "apiGroups": [""],
            "resources": ["secrets"],
            "resourceNames": names,
            "verbs": ["get", "create", "patch"],
        }
        role = f"{account}-{namespace}"
        self.post(f"{RBAC}/namespaces/{namespace}/roles", {"metadata": {"name": role}, "rules": [rule]})
        subject = {"kind": "ServiceAccount", "name": account, "namespace": "vault"}
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role}
        binding = {"metadata": {"name": role}, "subjects": [subject], "roleRef": reference}
        self.post(f"{RBAC}/namespaces/{namespace}/rolebindings", binding)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, cluster: Any) -> Iterator[Api]:
    from servers.apiserver import api_server  # type: ignore[import-not-found]  # put on the path by the fixtures

    with api_server(tmp_path_factory.mktemp("api")) as server, closing(Api(server)) as api:
        yield api


@pytest.fixture(scope="module")
def on_cluster(make_bench: Callable[..., Any], api: Api) -> Any:
    """A Vault whose logins are reviewed by the API server, by an account of Vault's own."""
    bench = make_bench()
    for name in ("vault", "vault-bootstrap", "vault-sync", "other"):
        api.account("vault", name)
    delegator = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:auth-delegator"}
    subject = {"kind": "ServiceAccount", "name": "vault", "namespace": "vault"}
    api.post(f"{RBAC}/clusterrolebindings", {"metadata": {"name": "v"}, "subjects": [subject], "roleRef": delegator})
    reviewed = {"kubernetes_host": api.url, "kubernetes_ca_cert": api.ca_file.read_text(), "disable_local_ca_jwt": True}
    bench.lay_over({"config": {"auth/kubernetes/config": reviewed}})
    bench.run()
    reviewer = {"token_reviewer_jwt": api.token("vault", "vault")} | reviewed
    bench.as_(bench.root()).write("auth/kubernetes/config", reviewer, secret=True)
    return bench


@pytest.fixture
def as_account(on_cluster: Any, api: Api, tmp_path: Path) -> Callable[..., Any]:
    def settings(name: str, audience: str | None = "vault") -> Any:
        (tmp_path / "jwt").write_text(api.token("vault", name, audience))
        return on_cluster.with_(GRIDATA_VAULT_LOGIN="kubernetes", GRIDATA_VAULT_JWT_FILE=str(tmp_path / "jwt"))

    return settings


def test_the_job_logs_in_by_its_account_and_changes_nothing(on_cluster: Any, as_account: Callable[..., Any]) -> None:
    done = on_cluster.run(as_account("vault-bootstrap"))

    assert {each.name for each in done.changes if each.outcome != "same"} == {"postgres"}


@pytest.mark.parametrize(
    ("name", "audience"), [("other", "vault"), ("vault-bootstrap", None)], ids=["account", "audience"]
)
def test_another_account_or_a_token_for_the_cluster_itself_is_refused(
    on_cluster: Any, as_account: Callable[..., Any], name: str, audience: str | None
) -> None:
    with pytest.raises(PermanentError, match="service account of the role bootstrap"):
        on_cluster.run(as_account(name, audience))


def test_the_syncer_writes_the_secrets_it_may_and_no_other(
    on_cluster: Any, as_account: Callable[..., Any], api: Api
) -> None:
    wanted = load_desired(on_cluster.settings.documents)
    for namespace in SYNCED:
        api.account(namespace, "default")
        names = [place.partition("/")[2] for place in wanted.sync if place.startswith(f"{namespace}/")]
        api.allow_secrets(namespace, names, "vault-sync")
    pod = Kubernetes(api.url, api.token("vault", "vault-sync"), api.ca_file)

    def sync() -> set[str]:
        with logged_in_as(on_cluster.as_(None), as_account("vault-sync"), "syncer") as somebody:
            return {each.outcome for each in sync_secrets(somebody, pod, wanted)}

    assert sync() == {"made"}
    assert sync() == {"same"}
    assert {place.partition("/")[0] for place in wanted.sync} == SYNCED
    assert set(api.get("api/v1/namespaces/gridata/secrets/minio-root")["data"]) == {"rootPassword", "rootUser"}
    with pytest.raises(PermanentError, match="403"):
        pod.secret("gridata", "somebody-elses")
    with pytest.raises(PermanentError, match="403"):
        pod.apply_secret("gridata", "somebody-elses", {"a": "b"}, {})


def test_keys_of_a_local_vault_go_into_a_secret_of_their_name(on_cluster: Any, api: Api) -> None:
    api.allow_secrets("vault", ["vault-keys"], "vault-bootstrap")
    pod = Kubernetes(api.url, api.token("vault", "vault-bootstrap"), api.ca_file)
    place, keys = key_place("secret://vault/vault-keys", pod), Keys("unseal", 1, False, ("share",), None)

    place.try_out()
    assert place.read() is None
    place.write(keys)

    assert place.read() == keys
    with pytest.raises(PermanentError, match="403"):
        key_place("secret://vault/other", pod).try_out()


def _trusting(certificate: Path) -> Any:
    import ssl

    return ssl.create_default_context(cafile=str(certificate))
