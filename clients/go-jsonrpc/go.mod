module inflightd.example/go-jsonrpc

go 1.19
