//! The checks of [`World::new`].

use super::WorldError;
use crate::{Council, DeliveryBody, Engagement, Peer, Period, Span};

fn known(place: impl Fn() -> String, what: &'static str, position: u32, len: usize) -> Result<(), WorldError> {
    if (position as usize) < len {
        Ok(())
    } else {
        Err(WorldError::Unknown {
            place: place(),
            what,
            position,
        })
    }
}

fn forwards(place: impl Fn() -> String, period: Period) -> Result<(), WorldError> {
    match (period.from, period.until) {
        (Some(from), Some(until)) if from > until => Err(WorldError::Backwards {
            place: place(),
            from,
            until,
        }),
        _ => Ok(()),
    }
}

fn span(place: impl Fn() -> String, span: Span) -> Result<(), WorldError> {
    forwards(
        place,
        Period {
            from: Some(span.from),
            until: Some(span.until),
        },
    )
}

pub(super) fn world(
    councils: &[Council],
    bodies: &[DeliveryBody],
    peers: &[Peer],
    engagements: &[Engagement],
) -> Result<(), WorldError> {
    for (i, council) in councils.iter().enumerate() {
        let lists = [
            ("neighbours", &council.neighbours),
            ("predecessors", &council.predecessors),
        ];
        for (name, list) in lists {
            for (j, other) in list.iter().enumerate() {
                known(
                    || format!("councils[{i}].{name}[{j}]"),
                    "council",
                    other.0,
                    councils.len(),
                )?;
            }
        }
        for (j, &(sister, likeness)) in council.sisters.iter().enumerate() {
            known(
                || format!("councils[{i}].sisters[{j}]"),
                "council",
                sister.0,
                councils.len(),
            )?;
            if likeness > 100 {
                return Err(WorldError::Likeness {
                    place: format!("councils[{i}].sisters[{j}]"),
                    likeness,
                });
            }
        }
    }
    for (i, body) in bodies.iter().enumerate() {
        for (j, service) in body.serves.iter().enumerate() {
            known(
                || format!("bodies[{i}].serves[{j}].council"),
                "council",
                service.council.0,
                councils.len(),
            )?;
            forwards(|| format!("bodies[{i}].serves[{j}].period"), service.period)?;
        }
    }
    for (i, one) in peers.iter().enumerate() {
        peer(i, one, councils.len(), bodies.len())?;
    }
    for (i, engagement) in engagements.iter().enumerate() {
        known(
            || format!("engagements[{i}].peer"),
            "peer",
            engagement.peer.0,
            peers.len(),
        )?;
        known(
            || format!("engagements[{i}].home"),
            "council",
            engagement.home.0,
            councils.len(),
        )?;
        known(
            || format!("engagements[{i}].host"),
            "council",
            engagement.host.0,
            councils.len(),
        )?;
        span(|| format!("engagements[{i}].span"), engagement.span)?;
    }
    Ok(())
}

fn peer(i: usize, peer: &Peer, councils: usize, bodies: usize) -> Result<(), WorldError> {
    for (j, tie) in peer.affiliations.iter().enumerate() {
        let place = |field: &str| format!("peers[{i}].affiliations[{j}]{field}");
        if tie.council.is_some() == tie.body.is_some() {
            return Err(WorldError::AmbiguousTie { place: place("") });
        }
        if let Some(council) = tie.council {
            known(|| place(".council"), "council", council.0, councils)?;
        }
        if let Some(body) = tie.body {
            known(|| place(".body"), "delivery body", body.0, bodies)?;
        }
        forwards(|| place(".period"), tie.period)?;
    }
    for (j, interest) in peer.interests.iter().enumerate() {
        known(
            || format!("peers[{i}].interests[{j}].council"),
            "council",
            interest.council.0,
            councils,
        )?;
        forwards(|| format!("peers[{i}].interests[{j}].period"), interest.period)?;
    }
    for (j, objection) in peer.objections.iter().enumerate() {
        known(
            || format!("peers[{i}].objections[{j}].host"),
            "council",
            objection.host.0,
            councils,
        )?;
    }
    for (name, list) in [("availability", &peer.availability), ("blackouts", &peer.blackouts)] {
        for (j, stretch) in list.iter().enumerate() {
            span(|| format!("peers[{i}].{name}[{j}]"), stretch.span)?;
        }
    }
    Ok(())
}
