module gridata/pause

go 1.24
