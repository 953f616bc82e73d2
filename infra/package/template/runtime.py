"""How a function runs: its name, size, time, role, logs."""

from infra.package.stage import Stage
from infra.package.template.function import Function, Json
from infra.package.template.sources import queue_of
from services.shared.plumbing.resources import Resources

LOGS_KEPT_DAYS = 30
MEMORY_MB = {"api": 1024}  # a buyer waits for it; processor time comes with memory
OTHER_MEMORY_MB = 512
TIMEOUT_S = {"api": 29}  # API Gateway gives up then
OTHER_TIMEOUT_S = 60


def runtime(function: Function, resources: Resources, stage: Stage) -> Json:
    """The function's own properties."""
    timeout = TIMEOUT_S.get(function.kind, OTHER_TIMEOUT_S)
    if function.kind == "queue":
        timeout = queue_of(function, resources, stage).function_timeout_s
    return {
        "FunctionName": physical(function, resources, stage),
        "Role": {"Fn::GetAtt": [function.role, "Arn"]},
        "Timeout": timeout,
        "MemorySize": MEMORY_MB.get(function.kind, OTHER_MEMORY_MB),
    }


def logs(function: Function, resources: Resources, stage: Stage) -> Json:
    """The function's log group. The function may not make one itself, which would keep its lines for ever."""
    name = f"/aws/lambda/{physical(function, resources, stage)}"
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, "RetentionInDays": LOGS_KEPT_DAYS}}


def physical(function: Function, resources: Resources, stage: Stage) -> str:
    """The deployed function's name."""
    return stage.physical(f"{resources.service}-{function.name}")
