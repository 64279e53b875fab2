"""nuPlan's closed-loop metrics, quirks included: functions on plain arrays and a small map.

They follow the code that runs in motional/nuplan-devkit (commit e924167), not its documents. Where nuPlan
does something surprising, the function that does it says so.
"""
