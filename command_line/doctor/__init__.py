"""`quantity doctor`: looks at what the programs stand on, changes nothing, and tells what to run next.

A check is a module with a function ``look``; `program` runs them in order. They may know every package, and import
those that an image may lack, training and service, only inside their functions.
"""
