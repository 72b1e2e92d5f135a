"""Rules over the order lines of all files: what is refused, set aside, netted, or looks odd.

`order_lines` joins the files and knows each line's place; `apply` puts the rules in order and words what they
find; the other modules are the rules, arrays in, rows and numbers out.
"""
