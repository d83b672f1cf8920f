package client_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/zhengdang/chengxu/client"
)

// service stands in for a Chengxu: it answers what each example asks for.
func service(answers map[string]string) *client.Client {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.Method+" "+r.URL.Path]
		switch {
		case !ok:
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"type":"https://github.com/zhengdang/chengxu/problems/not-found","title":"未找到","status":404,"code":"not-found","detail":"不存在，或不属于您所在的机关。","titles":{"zh":"未找到","en":"Not found"},"details":{"zh":"不存在。","en":"It does not exist."},"request_id":"R1"}`)
		default:
			w.Header().Set("ETag", `"7"`)
			fmt.Fprint(w, body)
		}
	}))
	return &client.Client{Base: server.URL, Token: os.Getenv("CHENGXU_TOKEN")}
}

// The cases of the organ, page by page.
func ExampleClient_ListCases() {
	c := service(map[string]string{"GET /api/v1/cases": `{"cases":[{"id":"C1","organ":"示例机关","title":"生活垃圾分类方案","status":"running"}]}`})
	p := client.ListCasesParams{Status: client.StatusRunning}
	for {
		page, err := c.ListCases(context.Background(), p)
		if err != nil {
			log.Fatal(err)
		}
		for _, found := range page.Data.Cases {
			fmt.Println(found.ID, found.Title)
		}
		if page.Data.Next == "" {
			break
		}
		p.After = page.Data.Next
	}
	// Output: C1 生活垃圾分类方案
}

// Act on a case as it was read: when it has moved meanwhile, the answer is
// case-changed and nothing was done.
func ExampleClient_Act() {
	c := service(map[string]string{
		"GET /api/v1/cases/C1":       `{"case":{"id":"C1","sequence":7},"possible":[{"kind":"case.note","allowed":true}]}`,
		"POST /api/v1/cases/C1/acts": `{"entry":{"case":"C1","sequence":8,"kind":"act"},"case":{"id":"C1","sequence":8}}`,
	})
	ctx := context.Background()
	read, err := c.ReadCase(ctx, "C1")
	if err != nil {
		log.Fatal(err)
	}
	done, err := c.Act(ctx, "C1", client.ActParams{IfMatch: read.ETag}, client.Act{
		ID: "note-2026-04-10-1", Kind: "case.note", With: client.Values{"text": "已电话告知"},
	})
	switch client.Code(err) {
	case "":
		fmt.Println("entry", done.Data.Entry.Sequence)
	case "gate-refused":
		fmt.Println("the rules keep the gate closed:", err)
	case "case-changed":
		fmt.Println("read the case again")
	}
	// Output: entry 8
}

// A refusal says why, in both languages.
func ExampleProblemError() {
	c := service(nil)
	_, err := c.ReadCase(context.Background(), "nosuch")
	fmt.Println(client.Code(err), err)
	// Output: not-found 404 not-found: 不存在，或不属于您所在的机关。
}

// Everything that was recorded since a cursor, and the cursor to begin at next time.
func ExampleClient_Events() {
	c := service(map[string]string{"GET /api/v1/events": `[{"specversion":"1.0","id":"e1","source":"/organs/o","type":"cn.chengxu.case.entry.opened.v1","subject":"C1","time":"2026-04-10T01:02:03Z","datacontenttype":"application/json","cursor":"1","data":{"case":"C1","sequence":1,"kind":"opened"}}]`})
	cursor := ""
	for e, err := range c.Events(context.Background(), client.ListEventsParams{After: cursor}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Type, e.Data.Case, e.Data.Sequence)
		cursor = e.Cursor
	}
	fmt.Println("next time after", cursor)
	// Output:
	// cn.chengxu.case.entry.opened.v1 C1 1
	// next time after 1
}

// A receiver of a webhook.
func ExampleVerifyWebhook() {
	secret := os.Getenv("WEBHOOK_SECRET") // "whsec_…", shown when the webhook was made
	http.HandleFunc("POST /chengxu", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil || client.VerifyWebhook(secret, r.Header, body, time.Now()) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		// Keep the id, so that the same event is taken in once.
		log.Println(r.Header.Get("webhook-id"))
	})
}
