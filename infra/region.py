"""The region that commands on AWS work in."""

import os


def use_region() -> None:
    """AWS_REGION counts, as it does for the AWS CLI. boto3 by itself knows only AWS_DEFAULT_REGION and the profile."""
    if region := os.environ.get("AWS_REGION"):
        os.environ["AWS_DEFAULT_REGION"] = region
