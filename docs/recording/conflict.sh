#: git init -q . && printf '%s\n' one two three four > numbers.txt
#: printf '%s\n' 'plan: local/demo' 'goal: Two changes that meet, and one that does not' 'subplans:' '  - {name: french, goal: In French, run: "sed -i s/two/deux/ numbers.txt"}' "  - {name: german, goal: In German, run: \"sleep 0.4; sed -i s/two/zwei/ numbers.txt\"}" '  - {name: count,  goal: A count,   run: "sleep 0.8; wc -l numbers.txt > count.txt"}' > demo.plan.yaml
#: git add . && git commit -qm start
cat demo.plan.yaml
pland run demo.plan.yaml
git status --short        # your files are as they were
pland resolve $(pland conflicts --json | grep -o '"conflictId": "[^"]*' | cut -c16-) both
pland apply
head -3 numbers.txt count.txt
pland undo                # and everything is back
git status --short
