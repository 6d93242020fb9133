"""Charts: tables in, matplotlib Figure out; a variant looks the same in all of them."""
