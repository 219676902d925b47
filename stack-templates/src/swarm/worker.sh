
retry 25 join
joined
