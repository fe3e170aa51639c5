// Inflightd from Go without a client library: net/rpc/jsonrpc speaks its plain dialect.
//
//	go run . unix /run/inflightd/inflightd.sock
//	go run . tcp 127.0.0.1:7411
//
// Adds up the numbers of four tasks, two of which are the same work, and prints 42.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/rpc"
	"net/rpc/jsonrpc"
	"os"
	"strings"
)

// Params by name: jsonrpc sends its one argument as an array of one object.
type params map[string]any

// Op is one op of a set; the message is left for the program to decode.
type Op struct {
	Op  string          `json:"op"`
	Msg json.RawMessage `json:"msg"`
}

// Set is the answer to dequeue; Token is empty where none came.
type Set struct {
	Token string `json:"set"`
	Key   string `json:"key"`
	Ops   []Op   `json:"ops"`
}

// Done is the answer to group.wait.
type Done struct {
	Done    bool `json:"done"`
	Results []struct {
		Op     string          `json:"op"`
		Result int             `json:"result"`
		Error  json.RawMessage `json:"error"`
	} `json:"results"`
}

var errNothing = errors.New("nothing came within the wait")

// isError tells whether the daemon answered that error: a plain error begins with its name.
func isError(err error, name string) bool {
	var answered rpc.ServerError
	return errors.As(err, &answered) && strings.HasPrefix(string(answered), name+": ")
}

// work takes one set, adds its numbers up and finishes it.
func work(client *rpc.Client) error {
	var set Set
	if err := client.Call("dequeue", params{"queue": "sums"}, &set); err != nil {
		return err
	}
	if set.Token == "" {
		return errNothing
	}
	var numbers []int
	if err := json.Unmarshal(set.Ops[0].Msg, &numbers); err != nil {
		return err
	}
	sum := 0
	for _, number := range numbers {
		sum += number
	}
	// Every op of the set has the same key, and so the same sum.
	return client.Call("finish", params{"set": set.Token, "result": sum}, &struct{}{})
}

// scatter enqueues the tasks, all at once on one connection, as ops of a new group.
func scatter(client *rpc.Client, group string, tasks [][]int) error {
	err := client.Call("group.create", params{"group": group, "size": len(tasks)}, &struct{}{})
	if err != nil {
		return err
	}
	calls := make(chan *rpc.Call, len(tasks))
	for i, task := range tasks {
		client.Go("enqueue", params{
			"queue": "sums",
			"key":   fmt.Sprint(task),
			"msg":   task,
			"op":    fmt.Sprintf("%s-%d", group, i),
			"group": group,
		}, &struct{}{}, calls)
	}
	for range tasks {
		if call := <-calls; call.Error != nil {
			return call.Error
		}
	}
	return nil
}

// total scatters the tasks, works until they are done, and adds the results up.
func total(client *rpc.Client, group string, tasks [][]int) (int, error) {
	if err := scatter(client, group, tasks); err != nil {
		return 0, err
	}
	for {
		var done Done
		err := client.Call("group.wait", params{"group": group, "wait_ms": 0}, &done)
		if err != nil {
			return 0, err
		}
		if done.Done {
			sum := 0
			for _, one := range done.Results {
				sum += one.Result
			}
			return sum, nil
		}
		if err := work(client); err != nil {
			return 0, err
		}
	}
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: go-jsonrpc NETWORK ADDRESS")
	}
	client, err := jsonrpc.Dial(os.Args[1], os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	sum, err := total(client, fmt.Sprintf("sum-%d", os.Getpid()), [][]int{{1, 2}, {5, 6, 7}, {1, 2}, {5, 6, 7}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sum)
}
