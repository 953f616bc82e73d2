"""Is a deployed stage as its templates say, and does anything lie about that somebody should see to?

What should be is read from the stacks' own templates, not from the code at hand, which may be of another release.

stacks ─▶ stored · tables · queues · functions · triggers · permissions · waiting   of each service
       └▶ platform · clock · reach                                                  of the stage
"""
