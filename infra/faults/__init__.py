"""A proxy in front of the DynamoDB engine that injects, by seed, what AWS does and an engine on one machine hides.

It is for race and crash tests. The engine never raises TransactionConflict, never throttles, never loses an answer, and
its indexes are never stale; DynamoDB does all of that.

    with FaultsProxy(engine.url, seed=7) as proxy:
        proxy.plan(Fault("conflict", probability=0.2), Fault("latency", delay_s=(0, 0.01)))
        ...                                         # clients use proxy.url
        assert proxy.fired["conflict"]              # or the test has proved nothing

A crash test makes a scenario once to count its calls, then once more for each point at which it may die:

    for number in range(1, len(proxy.calls) + 1):
        proxy.clear()
        proxy.at_call(number, "after", "crash")     # this call and all later ones get no answer
        ...                                         # the scenario ends with an error
        proxy.clear()
        ...                                         # it is sent again and must end well, once
"""

from infra.faults.call import Call
from infra.faults.fault import Fault
from infra.faults.proxy import FaultsProxy
from infra.faults.script import CallPoint, ConnectionDropped

__all__ = ["Call", "CallPoint", "ConnectionDropped", "Fault", "FaultsProxy"]
