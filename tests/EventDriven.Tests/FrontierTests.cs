using CsCheck;
using EventDriven.Log.Sequencing;

namespace EventDriven.Tests;

public sealed class FrontierTests
{
    [Fact]
    public void Whatever_commits_in_whatever_order_is_found_once_and_nothing_undecided_is_called_settled() =>
        Gen.Select(Gen.Int[0, 9].Array[1, 200], Gen.Int[1, 4]).Sample((steps, most) => new History(most).Run(steps), iter: 5_000);

    [Fact]
    public void An_id_whose_transaction_still_runs_keeps_its_gap()
    {
        var frontier = new Frontier(10, []);
        frontier.Take([12], isCut: false, writer: 100, horizon: 90);
        frontier.Take([13], isCut: false, writer: 101, horizon: 99); // the one who drew 11 may have any number below 100
        Assert.Equal(10, frontier.Settled);
        frontier.Take([14], isCut: false, writer: 102, horizon: 100);
        Assert.Equal(14, frontier.Settled);
    }

    [Fact]
    public void A_look_that_was_cut_short_closes_no_gap()
    {
        var frontier = new Frontier(0, []);
        frontier.Take([3], isCut: false, writer: 1, horizon: 1);
        frontier.Take([1], isCut: true, writer: 2, horizon: 2); // 2 may have been there
        Assert.Equal(1, frontier.Settled);
    }

    /// <summary>A database in which transactions draw ids and end as the steps say, and a sequencer that looks now and then.</summary>
    private sealed class History(int most)
    {
        private int _most = most;
        private readonly Frontier _frontier = new(0, []);
        private readonly List<(long Number, List<long> Ids)> _running = [];
        private readonly SortedSet<long> _committed = [];
        private readonly HashSet<long> _found = [];
        private long _nextTransaction = 1, _nextId = 1;

        public void Run(int[] steps)
        {
            foreach (var (step, n) in steps.Select((s, n) => (s, n)))
            {
                switch (step)
                {
                    case 0 or 1:
                        _running.Add((_nextTransaction++, []));
                        break;
                    case 2 or 3 or 4 when _running.Count > 0:
                        _running[n % _running.Count].Ids.Add(_nextId++);
                        break;
                    case 5 or 6 when _running.Count > 0:
                        End(n % _running.Count, commits: true);
                        break;
                    case 7 when _running.Count > 0:
                        End(n % _running.Count, commits: false);
                        break;
                    default:
                        Look();
                        break;
                }
            }

            while (_running.Count > 0)
                End(0, commits: true);
            while (Look()) { }
            Assert.Equal(_committed, _found.Order());
            _most = int.MaxValue;
            for (var look = 0; look < 2; look++) // one notes the gaps, the next closes all that nobody can fill any more
            {
                _committed.Add(_nextId++);
                Assert.True(Look());
            }
            Assert.Equal(_frontier.Head, _frontier.Settled);
        }

        private void End(int which, bool commits)
        {
            if (commits)
                _committed.UnionWith(_running[which].Ids);
            _running.RemoveAt(which);
        }

        private bool Look()
        {
            var horizon = _running.Count == 0 ? _nextTransaction : _running.Min(r => r.Number);
            var gaps = _frontier.GapsFrom.Zip(_frontier.GapsTo).ToArray();
            long[] seen = [.. _committed.Where(id => id > _frontier.Head || gaps.Any(g => g.First <= id && id <= g.Second)).Take(_most)];
            if (seen.Length == 0)
                return false;
            _frontier.Take(seen, isCut: seen.Length == _most, _nextTransaction++, horizon);
            Assert.All(seen, id => Assert.True(_found.Add(id), $"{id} was found twice"));
            Assert.DoesNotContain(_running.SelectMany(r => r.Ids), id => id <= _frontier.Settled);
            Assert.DoesNotContain(_committed.Except(_found), id => id <= _frontier.Settled);
            return true;
        }
    }
}
