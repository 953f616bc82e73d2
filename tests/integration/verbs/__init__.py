"""Every verb of every service as one act that may be repeated, prepared on a scene of its own.

Two things are found out with it: what the verb costs (``test_units``), and that it ends the same wherever it dies
(``tests/faults/verbs``). A verb without a scenario fails both. Three lines in its service's ``scenarios.py``
beside its tests make it known::

    @verb("post_shipment")                                  # the door, event or schedule by which it comes in
    def ship(scene: Scene) -> Act:
        order_id = scene.paid()                             # prepared, not counted
        return lambda: answered(scene.market.ship(order_id, key=scene.key))

The act is called again after each death, so it brings the same key, letter or event each time. What it leaves behind
must not hang on chance.
"""
