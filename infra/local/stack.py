"""What the stack's processes are told by their environment: where AWS is on this machine, and every setting."""

import json
import os
from collections.abc import Mapping

from infra.local.data_folder import DataFolder
from infra.local.ports import Ports
from infra.local.tokens import FILE as ISSUER_FILE
from infra.local.tokens import ISSUER, issuer
from infra.local.wechat_api import ensure_app
from infra.local.wechat_pay.keys import ensure_keys

REGION = "cn-north-1"
BUCKET = "xiaodian-files"


def environment(folder: DataFolder, ports: Ports, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The whole environment of a process of the stack."""
    return _neutral(inherited) | _aws(ports) | _settings(folder, ports) | _wechat(folder, ports) | folder.secrets


def _neutral(inherited: Mapping[str, str]) -> dict[str, str]:
    """The developer's own environment without what would lead to AWS. Settings of the services may be given in it."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
    return kept | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost", "PYTHONUNBUFFERED": "1"}


def _aws(ports: Ports) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_DYNAMODB": ports.url("engine"),
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": ports.url("engine"),
        "AWS_ENDPOINT_URL_SQS": ports.url("cloud"),
        "AWS_ENDPOINT_URL_S3": ports.url("cloud"),
    }


def _settings(folder: DataFolder, ports: Ports) -> dict[str, str]:
    return {
        "XIAODIAN_DATA": str(folder.path),
        "XIAODIAN_PREFIX": "xiaodian",
        "XIAODIAN_PUBLIC_URL": ports.url("gateway"),
        "XIAODIAN_FILES_BUCKET": BUCKET,
        "XIAODIAN_TOKEN_ISSUERS": json.dumps([issuer(folder.path)]),
        "XIAODIAN_TOKEN_ISSUER": ISSUER,
        "XIAODIAN_TOKEN_KEY": f"file:{folder.path / ISSUER_FILE}",
        "CATALOG_MIN_IMAGES": "0",  # so that files of goods without pictures can be tried as they are
    }


def _wechat(folder: DataFolder, ports: Ports) -> dict[str, str]:
    keys, app = ensure_keys(folder.path), ensure_app(folder.path)
    return {
        "WECHAT_PAY_URL": ports.url("wechat_pay"),
        "WECHAT_PAY_MCHID": keys.mchid,
        "WECHAT_PAY_APPID": keys.appid,
        "WECHAT_PAY_SERIAL": keys.merchant_serial_no,
        "WECHAT_PAY_PRIVATE_KEY": f"file:{keys.directory / 'merchant_private_key.pem'}",
        "WECHAT_PAY_PUBLIC_KEY": f"file:{keys.directory / 'platform_public_key.pem'}",
        "WECHAT_PAY_PUBLIC_KEY_ID": keys.public_key_id,
        "WECHAT_PAY_API_V3_KEY": f"file:{keys.directory / 'apiv3_key'}",
        "WECHAT_API_URL": ports.url("wechat_api"),
        "WECHAT_APPID": app.appid,
        "WECHAT_APP_SECRET": app.secret,
    }
