package main

import (
	"bufio"
	"net/rpc"
	"net/rpc/jsonrpc"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Starts $INFLIGHTD for a test, and requires at its end that it ends well.
func daemon(t *testing.T) (unix, tcp string) {
	unix = filepath.Join(t.TempDir(), "sock")
	command := exec.Command(os.Getenv("INFLIGHTD"), "-l", "unix:"+unix, "-l", "tcp:127.0.0.1:0",
		"-o", "log_level=error", "-o", "drain_timeout_ms=0")
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(output)
	for i := 0; i < 2; i++ {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "ready tcp:") {
			tcp = strings.TrimSpace(strings.TrimPrefix(line, "ready tcp:"))
		}
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
	})
	return unix, tcp
}

func dial(t *testing.T, network, address string) *rpc.Client {
	client, err := jsonrpc.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func TestTotal(t *testing.T) {
	unix, tcp := daemon(t)
	for network, address := range map[string]string{"unix": unix, "tcp": tcp} {
		client := dial(t, network, address)
		sum, err := total(client, network, [][]int{{1, 2}, {5, 6, 7}, {1, 2}, {5, 6, 7}})
		if err != nil || sum != 42 {
			t.Errorf("%s: %d, %v", network, sum, err)
		}
		var stats struct{ Dequeued, Merged int }
		if err := client.Call("queue.stats", params{"queue": "sums"}, &stats); err != nil {
			t.Fatal(err)
		}
		if stats.Merged != stats.Dequeued {
			t.Errorf("each set should have two ops: %+v", stats)
		}
	}
}

func TestErrors(t *testing.T) {
	unix, _ := daemon(t)
	client := dial(t, "unix", unix)
	err := client.Call("queue.close", params{"queue": "nowhere"}, &struct{}{})
	if !isError(err, "no_such_queue") || isError(err, "lease_lost") {
		t.Error(err)
	}
	// The connection goes on.
	if err := client.Call("ping", nil, &struct{}{}); err != nil {
		t.Error(err)
	}
}

func TestAnswersOvertakeAWait(t *testing.T) {
	unix, _ := daemon(t)
	client := dial(t, "unix", unix)
	var set Set
	waiting := client.Go("dequeue", params{"queue": "q", "wait_ms": 60000}, &set, nil)
	if err := client.Call("enqueue", params{"queue": "q", "key": uint64(1 << 63)}, &struct{}{}); err != nil {
		t.Fatal(err)
	}
	if call := <-waiting.Done; call.Error != nil || set.Key != "9223372036854775808" {
		t.Errorf("%v, %+v", call.Error, set)
	}
}
