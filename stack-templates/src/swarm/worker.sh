retry join
joined
