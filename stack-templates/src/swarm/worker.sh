
retry join
joined
